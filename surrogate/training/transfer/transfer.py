"""``init=RUN``: a surrogate begins with the weights of another, whole or in parts, some of them frozen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

import torch
from torch import Tensor, nn

from surrogate.errors import SettingsError, nearest, shown
from surrogate.operators.operator import Operator
from surrogate.predictors.first_weights import FirstWeights, Inherited
from surrogate.predictors.normalisers import Normaliser
from surrogate.predictors.surrogate import Surrogate
from surrogate.spaces import FieldSpec, Problem
from surrogate.training.training_settings import TrainConfig
from surrogate.training.transfer.adaptation import Adapted, adapted
from surrogate.training.transfer.labels import labelled
from surrogate.training.transfer.source_weights import SourceRun, read_source

_OTHER_MODEL = "init={path}: holds a {theirs}, and a {ours} was asked for; expected model={theirs}"


class Transfer:
    """What a surrogate takes from the run that its settings name by ``init``.

    Args:
        config: the settings of the training.
        problem: that is learned.

    Raises:
        InputError: there is no such run, or it is damaged.
        SettingsError: its model is another, or of functions of another kind.
    """

    def __init__(self, config: TrainConfig, problem: Problem) -> None:
        if config.init is None:
            raise ValueError("expected settings that name a run by init")
        self.config, self.problem = config, problem
        self.source: SourceRun = read_source(config.init)
        ours, theirs = config.model.name, self.source.record.settings.model.name
        if ours != theirs:
            raise SettingsError(_OTHER_MODEL.format(path=config.init, ours=ours, theirs=theirs))
        before, now = self.source.record.problem.target.domain, problem.target.domain
        if (before.kind, before.dimensions) != (now.kind, now.dimensions):
            raise SettingsError(
                f"init={config.init}: functions on a {before.kind} of {before.dimensions} dimensions; these data lie "
                f"on a {now.kind} of {now.dimensions}"
            )
        self.inputs = _pairs(self.source.record.problem, problem)
        self.normalisers: tuple[str, ...] = ()

    def normalise(self, surrogate: Surrogate) -> None:
        """Give the fitted surrogate the source's mean and deviation of every field that both have, in one unit.

        So the weights that are taken mean there what they meant, and the whole begins as the same map between fields in
        physical units; a field that the source does not know is normalised by the data.
        """
        mine, theirs = self.config, self.source.record.settings
        known = [(here, there) for here, there in self.inputs if self._unit_is_the_same(here, there)]
        alike = mine.residual == theirs.residual and mine.physics.hard_boundary == theirs.physics.hard_boundary
        outputs = _matched(self.source.record.problem.target.fields, self.problem.target.fields)
        lines = [
            _held("inputs", surrogate.input_normaliser, self.source.surrogate.input_normaliser, known),
            _held("outputs", surrogate.output_normaliser, self.source.surrogate.output_normaliser, outputs)
            if alike
            else "outputs: by these data; with residual or physics.hard_boundary the model of the source gives another",
        ]
        self.normalisers = tuple(lines)

    def begin(self, surrogate: Surrogate) -> FirstWeights:
        """Give the surrogate its first weights and return what was taken.

        Raises:
            SettingsError: there is no such part of the model, or nothing of the source fits.
        """
        operator, given = surrogate.operator, self.source.surrogate.operator.state_dict()
        record, chosen = self.source.record, self.config.init_blocks
        _check("init_blocks", chosen, operator)
        to = labelled(self.config.model, self.problem)
        of = labelled(record.settings.model, self._under_our_names())
        begun: dict[str, Adapted] = {}
        for name, fresh in operator.state_dict().items():
            if chosen is not None and not _within(name, chosen):
                begun[name] = Adapted(None, ("not among init_blocks",))
            elif name not in given:
                begun[name] = Adapted(None, ("the source has none",))
            else:
                begun[name] = adapted(fresh, given[name], to.get(name, ()), of.get(name, ()))
        _as_wholes(begun)
        taken = {name: each.tensor for name, each in begun.items() if each.tensor is not None}
        if not taken:
            why = next(iter(begun.values())).changes[0]
            raise SettingsError(f"init={self.config.init}: nothing of it fits this model ({why})")
        _quieten(operator, [name for name in begun if name not in given], chosen)
        operator.load_state_dict({name: tensor for name, tensor in taken.items()}, strict=False)
        rows = _rows(operator, begun, self.config.freeze or ())
        return FirstWeights(
            name=self.source.path.name,
            model=record.settings.model.name,
            sha256=self.source.digest,
            blocks=rows,
            normalisers=self.normalisers,
        )

    def _under_our_names(self) -> Problem:
        """Return the problem of the source, its fields called as those that they stand for here."""
        problem = self.source.record.problem
        names = {there.name: here.name for here, there in self._fields(self.inputs)}
        outputs = _matched(problem.target.fields, self.problem.target.fields)
        wanted = {problem.target.fields[there].name: self.problem.target.fields[here].name for here, there in outputs}

        def called(fields: Iterable[FieldSpec], names: dict[str, str]) -> tuple[FieldSpec, ...]:
            return tuple(field.model_copy(update={"name": names.get(field.name, field.name)}) for field in fields)

        sources = tuple(space.model_copy(update={"fields": called(space.fields, names)}) for space in problem.sources)
        target = problem.target.model_copy(update={"fields": called(problem.target.fields, wanted)})
        return problem.model_copy(update={"sources": sources, "target": target})

    def _fields(self, pairs: Iterable[tuple[int, int]]) -> list[tuple[FieldSpec, FieldSpec]]:
        before = self.source.record.problem.channels
        return [(self.problem.channels[here], before[there]) for here, there in pairs]

    def _unit_is_the_same(self, here: int, there: int) -> bool:
        return self.problem.channels[here].unit == self.source.record.problem.channels[there].unit


def freeze(surrogate: Surrogate, names: Sequence[str] | None) -> None:
    """Let the parts of the model called ``names`` stay as they are.

    Raises:
        SettingsError: there is no such part, or nothing is left that learns.
    """
    operator = surrogate.operator
    _check("freeze", names, operator)
    for name, parameter in operator.named_parameters():
        if _within(name, names or ()):
            parameter.requires_grad_(False)
    if names and not any(parameter.requires_grad for parameter in operator.parameters()):
        raise SettingsError(f"freeze=[{','.join(names)}]: nothing is left that learns")


def blocks(operator: nn.Module) -> tuple[str, ...]:
    """Return the names of the parts of a model that a table tells of, in order: modules, and those of lists of them."""
    return tuple(dict.fromkeys(map(_block, operator.state_dict())))


def _block(name: str) -> str:
    first, *others = name.split(".")
    return f"{first}.{others[0]}" if others and others[0].isdigit() else first


def _within(name: str, parts: Iterable[str]) -> bool:
    return any(name == part or name.startswith(f"{part}.") for part in parts)


def _check(key: str, names: Sequence[str] | None, operator: nn.Module) -> None:
    tensors = operator.state_dict()
    for part in names or ():
        if not any(_within(name, [part]) for name in tensors):
            lists = {block.partition(".")[0] for block in blocks(operator)}
            raise SettingsError(
                f"{key}: the model has no part {shown(part)}{nearest(part, {*blocks(operator), *lists})}"
            )


def _quieten(operator: nn.Module, new: list[str], chosen: Sequence[str] | None) -> None:
    """Let what is new in an operator of which the rest was taken add nothing, where it can."""
    for name, module in operator.named_modules():
        if isinstance(module, Operator) and (chosen is None or _within(name, chosen)):
            inside = {each.removeprefix(f"{name}.") for each in new if each.startswith(f"{name}.")}
            if inside and len(inside) < len(module.state_dict()):
                module.add_nothing(inside)


def _as_wholes(begun: dict[str, Adapted]) -> None:
    """Take nothing of a module, such as a matrix and its constants, of which something fits nowhere."""
    lost = {name.rpartition(".")[0]: each for name, each in begun.items() if each.tensor is None}
    for name, each in begun.items():
        if each.tensor is not None and (other := lost.get(name.rpartition(".")[0])):
            begun[name] = other


def _rows(operator: nn.Module, begun: dict[str, Adapted], frozen: Sequence[str]) -> tuple[Inherited, ...]:
    sizes = {name: tensor.numel() for name, tensor in operator.state_dict().items()}
    rows = []
    for block, names in groupby(sizes, key=_block):
        held = list(names)
        fixed = [name for name in held if _within(name, frozen)]
        ways = dict.fromkeys(change for name in held for change in begun[name].changes)
        rows.append(
            Inherited(
                block=block,
                numbers=sum(sizes[name] for name in held),
                taken=sum(begun[name].taken for name in held),
                how="; ".join(list(ways)[:4]),
                frozen=len(fixed) == len(held),
            )
        )
    return tuple(rows)


def _pairs(before: Problem, now: Problem) -> list[tuple[int, int]]:
    """Return the places of the inputs that both problems have, (here, there)."""
    placing = len(now.placing)
    matched = _matched(before.channels[placing:], now.channels[placing:])
    return [(k, k) for k in range(placing)] + [(placing + here, placing + there) for here, there in matched]


def _matched(before: Sequence[FieldSpec], now: Sequence[FieldSpec]) -> list[tuple[int, int]]:
    """Return the places of fields that are the same by name; where none is, and there are as many, by their order."""
    places = {field.name: k for k, field in enumerate(before)}
    pairs = [(k, places[field.name]) for k, field in enumerate(now) if field.name in places]
    return pairs or ([(k, k) for k in range(len(now))] if len(before) == len(now) else [])


def _held(which: str, mine: Normaliser, theirs: Normaliser, pairs: Sequence[tuple[int, int]]) -> str:
    """Give a normaliser the mean and deviation of another for some of its channels, and say so."""
    setting = f"normaliser.{which}"
    if mine.kind != theirs.kind:
        return f"{which}: by these data, {setting}={mine.kind}; the source has {theirs.kind}"
    if mine.kind == "none":
        return f"{which}: not normalised, as there"
    if mine.mean.shape[2:] != theirs.mean.shape[2:]:
        return f"{which}: by these data; {setting}={mine.kind} of the source is that of another grid"
    ratios: list[Tensor] = []
    with torch.no_grad():
        for here, there in pairs:
            ratios.append((mine.std[:, here] / theirs.std[:, there]).flatten().double().median())
            mine.mean[:, here], mine.std[:, here] = theirs.mean[:, there], theirs.std[:, there]
    if not ratios:
        return f"{which}: normalised by these data; the source has no such field, in this unit"
    low, high = min(map(float, ratios)), max(map(float, ratios))
    spread = f"{low:.2g}" if f"{low:.2g}" == f"{high:.2g}" else f"{low:.2g} to {high:.2g}"
    rest = "" if len(ratios) == mine.mean.shape[1] else f" {len(ratios)} of {mine.mean.shape[1]} fields"
    return f"{which}: normalised as there{rest}; the deviation of these data is {spread} times that"
