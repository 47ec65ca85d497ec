"""Laws of the pictures of samples: what is signed is seen to be, and every kind of data set can be drawn."""

import io

import numpy as np
import pytest
from PIL import Image

from surrogate.datasets.dataset import open_dataset
from surrogate.datasets.drawing import Colours
from surrogate.datasets.pictures import animation, picture
from surrogate.datasets.preview import Preview, preview_of_dataset, preview_of_recipe
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid

SHAPES = {"line": (12,), "plane": (6, 5), "box": (6, 5, 4), "channel": (40, 4)}


def preview(points, frames, samples=1):
    random = np.random.default_rng(0)
    names = (("slope", "constant"), ("height_of_water", "state"), ("speed", "state"))
    spec = DataSpec(
        equation="waves",
        grid=Grid(
            points=points,
            lengths=tuple(n / 4 for n in points),
            placement=("cells",) * len(points),
            origin=(0.0,) * len(points),
        ),
        boundary=Boundary.uniform("dirichlet", len(points)),
        fields=tuple(FieldSpec(name=name, unit="m", role=role) for name, role in names),
        times=tuple(float(frame) for frame in range(frames)),
        task="map",
    )
    constants = random.normal(size=(samples, 1, *points)).astype(np.float32)
    states = random.normal(size=(samples, frames, 2, *points)).astype(np.float32)
    return Preview("Waves $of all kinds", "nowhere", spec, constants, states)


def opened(data):
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("frames", [1, 3])
def test_every_kind_of_data_has_a_picture(shape, frames):
    image = opened(picture(preview(SHAPES[shape], frames)))
    assert image.format == "PNG"
    assert np.asarray(image.convert("L")).std() > 5


@pytest.mark.parametrize("shape", SHAPES)
def test_an_evolution_moves_through_all_its_frames(shape):
    film = opened(animation(preview(SHAPES[shape], 3)))
    assert (film.format, film.n_frames) == ("GIF", 3)


def test_a_steady_problem_has_no_animation():
    assert animation(preview((6, 5), 1)) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([-2.0, 1.0], Colours(-2.0, 2.0, "RdBu_r")),
        ([1.0, 3.0], Colours(1.0, 3.0)),
        ([-3.0, -1.0], Colours(-3.0, -1.0)),
        ([-0.001, 1.0], Colours(-0.001, 1.0)),
        ([5.0, 5.0], Colours(2.5, 7.5)),
        ([0.01, 0.01, 4.0], Colours(0.01, 4.0, "viridis", True)),
    ],
)
def test_colours_follow_the_signs_and_the_scales_of_a_field(values, expected):
    assert Colours.of(np.array(values)) == expected


def test_a_field_that_is_one_number_and_one_that_varies_along_one_axis_are_drawn():
    flat = preview((6, 5), 1)
    flat.constants[:] = 2.0
    striped = preview((6, 5), 1)
    striped.constants[:] = np.arange(5.0)
    assert picture(flat) != picture(striped)


def test_a_recipe_previews_what_it_would_store(recipe, unbroken, tmp_path):
    config = recipe(tmp_path / "none")
    drawn, stored = preview_of_recipe(config, 3), preview_of_dataset(open_dataset(unbroken), "train", 3)
    np.testing.assert_array_equal(drawn.constants, stored.constants)
    np.testing.assert_array_equal(drawn.states, stored.states)
    assert not config.out.exists()
