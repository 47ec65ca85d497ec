"""Laws of the reader of meshes, and of the weights of their points."""

import meshio
import numpy as np
import pytest

from surrogate.datasets.formats._cells import shares
from surrogate.datasets.formats.mesh import read
from surrogate.datasets.reading_settings import Reading
from surrogate.errors import InputError
from surrogate.spaces import Cloud

from . import imitations

SQUARE = [[0, 0, 0], [2, 0, 0], [2, 3, 0], [0, 3, 0]]
BRICK = [*SQUARE, *([x, y, 4] for x, y, _ in SQUARE)]
CELLS = {
    "line": (SQUARE, [[0, 1], [1, 2]], 5.0),
    "triangle": (SQUARE, [[0, 1, 2], [0, 2, 3]], 6.0),
    "quad": (SQUARE, [[0, 1, 2, 3]], 6.0),
    "tetra": (BRICK, [[0, 1, 3, 4]], 4.0),
    "pyramid": (BRICK, [[0, 1, 2, 3, 4]], 8.0),
    "wedge": (BRICK, [[0, 1, 3, 4, 5, 7]], 12.0),
    "hexahedron": (BRICK, [[0, 1, 2, 3, 4, 5, 6, 7]], 24.0),
}


@pytest.mark.parametrize("kind", CELLS)
def test_the_weights_of_the_points_of_a_cell_sum_to_its_size_however_it_is_turned(kind):
    points, cells, size = CELLS[kind]
    turned = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    weights = shares(np.array(points) @ turned, [meshio.CellBlock(kind, np.array(cells))])
    assert weights.sum() == pytest.approx(size)
    assert weights.min() >= 0


def test_sides_weigh_nothing_beside_cells_and_points_without_cells_are_equal():
    blocks = [meshio.CellBlock("line", np.array([[0, 1]])), meshio.CellBlock("quad", np.array([[0, 1, 2, 3]]))]
    assert shares(np.array(SQUARE), blocks).tolist() == [1.5] * 4
    assert shares(np.array(SQUARE), []).tolist() == [0.25] * 4


@pytest.mark.parametrize("suffix", ["vtu", "vtk"])
def test_meshes_of_several_sizes_are_samples_of_one_cloud(tmp_path, suffix):
    foreign = read(imitations.mesh_folder(tmp_path, suffix).path, Reading(outputs=("source",)))
    assert foreign.spec.domain == Cloud(capacity=16, dimensions=2)
    assert [field.name for field in foreign.spec.constants[3:5]] == ["flow_x", "flow_y"]
    weights = foreign.read(np.arange(3))[0][:, 2]
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-6)
    assert (weights[0, 9:] == 0).all()


def test_a_gmsh_file_is_a_sample(tmp_path):
    mesh = meshio.Mesh(np.array(SQUARE, float), [("quad", np.array([[0, 1, 2, 3]]))], point_data={"u": np.arange(4.0)})
    meshio.write(tmp_path / "plate.msh", mesh, file_format="gmsh")
    foreign = read(tmp_path / "plate.msh")
    np.testing.assert_array_equal(foreign.read(np.arange(1))[1].ravel(), np.arange(4))


def test_which_of_several_fields_is_found_is_not_guessed(tmp_path):
    with pytest.raises(InputError, match="outputs=NAME says what is to be found"):
        read(imitations.mesh_folder(tmp_path).path)


@pytest.mark.parametrize("suffix", ["vtu", "vtk", "msh"])
def test_a_damaged_file_is_refused_in_one_line(tmp_path, suffix):
    (tmp_path / f"x.{suffix}").write_text("nothing of a mesh\n")
    with pytest.raises(InputError, match="not a mesh that meshio reads") as caught:
        read(tmp_path / f"x.{suffix}")
    assert "\n" not in str(caught.value)
