"""Laws of the reader of The Well, on files written as it publishes them."""

import pytest

from surrogate.datasets.formats import well
from surrogate.datasets.reading_settings import Reading
from surrogate.errors import InputError, SettingsError

from .imitations import well_file, well_folder, well_single


def test_the_grid_is_the_one_that_the_coordinates_fill_and_the_boundary_the_published_one(tmp_path):
    spec = well.read(well_single(tmp_path).path).spec
    assert spec.grid.points == (6, 5)
    assert spec.grid.placement == ("left", "cells")
    assert spec.grid.lengths == (2.0, 2.0)
    assert spec.grid.origin == (0.0, -1.0)
    assert spec.boundary.sides == (("periodic", "periodic"), ("open", "open"))
    assert spec.times == (0.0, 0.5, 1.0, 1.5)


def test_a_wall_is_open_until_somebody_says_what_it_does(tmp_path):
    path = well_single(tmp_path).path
    assert "boundary=" in well.read(path).guesses[0]
    said = Reading(boundary=(("periodic", "periodic"), ("dirichlet", "neumann")))
    assert well.read(path, said).spec.boundary.sides[1] == ("dirichlet", "neumann")


def test_a_parameter_that_differs_between_files_goes_in_and_another_is_a_note(tmp_path):
    foreign = well.read(well_folder(tmp_path).path)
    assert [field.name for field in foreign.spec.constants[:2]] == ["drive", "viscosity"]
    assert "gravity = 9.81" in foreign.notes


def test_files_of_several_lengths_are_read_as_far_as_the_shortest(tmp_path):
    folder = well_folder(tmp_path).path
    well_file(folder / "data" / "test" / "stratified_nu_1e-2.hdf5", 1, 3, 0.01, times=3)
    assert well.read(folder).spec.times == (0.0, 0.5, 1.0)


def test_a_file_of_another_grid_is_refused_by_its_name(tmp_path):
    folder = well_folder(tmp_path).path
    well_file(folder / "data" / "test" / "stratified_nu_1e-2.hdf5", 1, 3, 0.01, axes=("x", "z"))
    with pytest.raises(InputError, match=r"test/stratified_nu_1e-2.hdf5: other spatial_dims"):
        well.read(folder)


def test_fields_may_be_left_out_and_a_wrong_name_is_answered_with_the_nearest(tmp_path):
    path = well_single(tmp_path).path
    foreign = well.read(path, Reading(inputs=("wall",), outputs=("density",)))
    assert [field.name for field in foreign.spec.fields] == ["wall", "density"]
    with pytest.raises(SettingsError, match="outputs: there is no such field 'densty'; did you mean 'density'"):
        well.read(path, Reading(outputs=("densty",)))
