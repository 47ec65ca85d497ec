"""With whose weights a run began, as its record keeps it."""

from __future__ import annotations

from surrogate.spaces import Frozen


class Inherited(Frozen):
    """With what a part of a model, ``block``, of so many ``numbers`` began: how many of them were those of the source.

    ``how`` says in words how they were fitted to another grid or other channels, or why there are none of the source.
    """

    block: str
    numbers: int
    taken: int
    how: str
    frozen: bool

    def row(self) -> tuple[str, str, str, str, str]:
        """Return it as the line of a table."""
        fresh = self.numbers - self.taken
        begun = "taken" if not fresh else "fresh" if not self.taken else f"{self.taken:,} taken, {fresh:,} new"
        return self.block, f"{self.numbers:,}", begun, "frozen" if self.frozen else "", self.how


class FirstWeights(Frozen):
    """The run whose weights another began with: its name, its model, the SHA-256 of the file that they were read from.

    ``normalisers`` says in words by whose mean and deviation fields are normalised.
    """

    name: str
    model: str
    sha256: str
    blocks: tuple[Inherited, ...]
    normalisers: tuple[str, ...]

    def line(self) -> str:
        """Return it in a line."""
        taken, numbers = (sum(counts) for counts in zip(*((b.taken, b.numbers) for b in self.blocks), strict=True))
        frozen = sum(block.numbers for block in self.blocks if block.frozen)
        held = f", {frozen:,} frozen" if frozen else ""
        return f"{self.name} (weights {self.sha256[:12]}): {taken:,} of {numbers:,} numbers taken{held}"

    def table(self) -> list[str]:
        """Return it in the lines of a table."""
        heads = ("part", "numbers", "begins", "", "")
        rows = [heads, *(block.row() for block in self.blocks)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
        lines = ["  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        head = f"the first weights are those of the {self.model} {self.name}, {self.sha256[:12]}"
        return [head, *(f"  {line}" for line in lines), *(f"  {line}" for line in self.normalisers)]
