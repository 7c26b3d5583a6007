"""A model of chromatin states: how often each state has each mark, and which state follows which."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from cisgram.arrays import EmissionTable, PerState, StateTransitions
from cisgram.errors import InputError

_TOLERANCE = 1e-6  # model files of other programs may be rounded


@dataclass(frozen=True, eq=False)
class StateModel:
    """A hidden Markov model whose states each have every mark with some probability, independently of the others.

    Parameters
    ----------
    marks
        Names of the marks.
    initial
        Probability of each state in the first bin of a contig.
    transitions
        Probability of going from a state (row) to another (column) in the next bin.
    emissions
        Probability that a mark is present in a bin of a state.
    names
        One name per state; ``1`` to the number of states where none are given, as ChromHMM numbers them.
    order_by
        How the states are ordered, as model files have it: ``E`` by emissions, ``T`` by transitions, ``U`` by a user.

    Raises
    ------
    InputError
        Numbers of marks, states or names do not fit together, a value is not a probability, or those of the first bin
        or of a row of transitions do not sum to 1 within 1e-6.

    References
    ----------
    Ernst and Kellis (2012), ChromHMM: automating chromatin-state discovery and characterization, Nature Methods 9: 215.

    Examples
    --------
    >>> model = StateModel(
    ...     marks=("H3K4me3", "H3K27me3"),
    ...     initial=np.array([0.5, 0.5]),
    ...     transitions=np.array([[0.9, 0.1], [0.2, 0.8]]),
    ...     emissions=np.array([[0.8, 0.1], [0.0, 0.4]]),
    ... )
    >>> model
    <StateModel 2 states, 2 marks>
    >>> model.reordered([1, 0]).emissions.tolist()
    [[0.0, 0.4], [0.8, 0.1]]
    """

    marks: tuple[str, ...]
    initial: PerState
    transitions: StateTransitions
    emissions: EmissionTable
    names: tuple[str, ...] = ()
    order_by: Literal["E", "T", "U"] = "E"

    def __post_init__(self) -> None:
        n_states = len(self.initial)
        if not self.names:
            object.__setattr__(self, "names", _numbers(n_states))
        if self.emissions.shape != (n_states, len(self.marks)) or self.transitions.shape != (n_states, n_states):
            raise InputError(
                f"{n_states} states and {len(self.marks)} marks need emissions of that shape and transitions between "
                f"all states; got {self.emissions.shape} and {self.transitions.shape}"
            )
        if len(set(self.marks)) != len(self.marks) or not self.marks:
            raise InputError(f"a model needs marks, each once; got {', '.join(self.marks) or 'none'}")
        if len(set(self.names)) != n_states or len(self.names) != n_states or not n_states:
            raise InputError(f"{n_states} states need as many names, each once; got {', '.join(self.names) or 'none'}")
        for what in ("initial", "transitions", "emissions"):
            values = getattr(self, what)
            if not (np.isfinite(values).all() and (values >= 0).all() and (values <= 1 + _TOLERANCE).all()):
                raise InputError(f"{what} of a model of states must be probabilities, 0 to 1")
        for row, total in enumerate(np.append(self.transitions.sum(axis=1), self.initial.sum())):
            if abs(total - 1) > _TOLERANCE:
                where = f"transitions from state {row + 1}" if row < n_states else "probabilities of the first bin"
                raise InputError(f"the {where} must sum to 1; they sum to {total:.8g}")

    def __repr__(self) -> str:
        return f"<StateModel {self.n_states} states, {len(self.marks)} marks>"

    @property
    def n_states(self) -> int:
        """How many states there are."""
        return len(self.initial)

    @property
    def is_named(self) -> bool:
        """Whether states have names other than their numbers."""
        return self.names != _numbers(self.n_states)

    def reordered(self, order: Sequence[int] | np.ndarray, order_by: Literal["E", "T", "U"] = "U") -> "StateModel":
        """Put the states into another order; names go along, numbers are given anew.

        Parameters
        ----------
        order
            Which state (0-based) comes first, second and so on.
        order_by
            What the order is by.

        Raises
        ------
        InputError
            The order does not name every state once.
        """
        rows = np.asarray(order)
        if sorted(rows.tolist()) != list(range(self.n_states)):
            raise InputError(f"an order must name each of {self.n_states} states once; got {rows.tolist()}")
        return replace(
            self,
            initial=self.initial[rows],
            transitions=self.transitions[np.ix_(rows, rows)],
            emissions=self.emissions[rows],
            names=tuple(self.names[row] for row in rows) if self.is_named else (),
            order_by=order_by,
        )

    def renamed(self, names: Sequence[str]) -> "StateModel":
        """The same model with these names of its states."""
        return replace(self, names=tuple(names))


def _numbers(n_states: int) -> tuple[str, ...]:
    """Names of states as ChromHMM numbers them."""
    return tuple(str(number + 1) for number in range(n_states))
