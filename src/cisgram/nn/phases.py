"""Every d-th position as a row of its own: dilated convolutions become dense ones, to the last bit the same sums."""

from torch.nn import functional

from cisgram.nn.tensors import Hidden, PhaseRows


def to_phases(hidden: Hidden, n_phases: int) -> PhaseRows:
    """Put positions 0, d, 2d, ..., then 1, 1 + d, ... and so on into rows of their own.

    A convolution of these rows is that of ``hidden`` with the dilation ``d``, and a layer that looks at one position
    stays what it is; a whole tower can work on rows.

    Parameters
    ----------
    hidden
        ``batch channel length``; zeros are put behind a length that is no multiple of ``d``.
    n_phases
        ``d``.

    Returns
    -------
    PhaseRows
        ``(batch phase) channel position``.

    Examples
    --------
    >>> import torch
    >>> to_phases(torch.arange(6.0)[None, None], 2).tolist()
    [[[0.0, 2.0, 4.0]], [[1.0, 3.0, 5.0]]]
    """
    missing = -hidden.shape[-1] % n_phases
    padded = functional.pad(hidden, (0, missing)) if missing else hidden
    # batch channel (position phase) -> (batch phase) channel position
    return padded.unflatten(-1, (-1, n_phases)).permute(0, 3, 1, 2).flatten(0, 1)


def from_phases(rows: PhaseRows, n_phases: int) -> Hidden:
    """Put the rows of :func:`to_phases` back in line; its zeros stay at the end.

    Examples
    --------
    >>> import torch
    >>> from_phases(to_phases(torch.arange(6.0)[None, None], 2), 2).tolist()
    [[[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]]]
    """
    # (batch phase) channel position -> batch channel (position phase)
    return rows.unflatten(0, (-1, n_phases)).permute(0, 2, 3, 1).flatten(2)
