# SPDX-License-Identifier: Apache-2.0
"""What can go wrong when a bundle is loaded, called or compiled; texts are the runtime's own."""


class Error(Exception):
    """A call of tgc failed."""


class ArgumentError(Error, ValueError):
    """An argument does not fit the function: its dtype, rank, size or name."""


class BundleError(Error):
    """The bundle is damaged, incomplete or of another version."""


class UnavailableError(Error):
    """No such device, a driver that is too old, a library or CPU feature that is missing."""


class OutOfMemoryError(Error, MemoryError):
    """On the host or the device."""


class ComputeError(Error, ArithmeticError):
    """An op failed while it ran: an index out of bounds, a division by zero. No update was made."""


class FileError(Error, OSError):
    """A file could not be read or written."""


class InternalError(Error):
    """A mistake of tgc."""


class CompileError(Error):
    """`tgc compile` rejected a graph, or there is no command `tgc`."""


BY_STATUS = {1: ArgumentError, 2: BundleError, 3: UnavailableError, 4: OutOfMemoryError,
             5: ComputeError, 6: FileError, 7: InternalError}
