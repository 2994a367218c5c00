"""What can go wrong with the store. Each carries a catalogue code and its arguments, so that it is read in the viewer's language."""


class StoreError(Exception):
    """Base of the store's errors.

    code: key in the catalogue (``store/text``); args_: values for its placeholders.
    """

    code = "store.error"

    def __init__(self, detail: str = "", **args_: object) -> None:
        super().__init__(detail or f"{self.code} {args_}")
        self.args_ = {"detail": detail, **args_}


class StoreUnavailableError(StoreError):
    """The database does not answer, or its folder cannot be written."""

    code = "store.unavailable"


class StoreFullError(StoreUnavailableError):
    """The disk of the store is full; nothing was written."""

    code = "store.full"


class StoreDamagedError(StoreUnavailableError):
    """The file of the store is not one, or parts of it are unreadable."""

    code = "store.damaged"


class StoreGoneError(StoreUnavailableError):
    """The file of the store is not where it was; nothing was written."""

    code = "store.gone"


class StoreReplacedError(StoreUnavailableError):
    """Another store lies where the one was that this process began with; nothing was written."""

    code = "store.replaced"


class StoreNewerError(StoreError):
    """The store was written by a newer version of the product."""

    code = "store.newer"


class StoreOlderError(StoreError):
    """The store was written by an older version of the product and has not been upgraded yet."""

    code = "store.older"


class StoreEmptyError(StoreError):
    """The store has no schema or no province yet; `ioc init` makes one."""

    code = "store.empty"


class StoreNotEmptyError(StoreError):
    """Something would be written over a store that holds a province."""

    code = "store.not_empty"


class StoreInUseError(StoreError):
    """A worker leads on the store; it would write between what is being put there."""

    code = "store.in_use"


class LeadLostError(StoreError):
    """Another worker leads by now, so what this one would have written as the leader is not written."""

    code = "store.lead_lost"


class ContentDiffersError(StoreError):
    """What was written is not what was read: `table` holds other rows than it should."""

    code = "store.content_differs"


class RowsRefusedError(StoreError):
    """The other database cannot hold what a row of `table` holds, e.g. a height in an outline or a zero byte in a text."""

    code = "store.rows_refused"


class BackupError(StoreError):
    """A backup that cannot be written or read. The code says why: ``backup.…``."""

    def __init__(self, code: str, **args_: object) -> None:
        self.code = code
        super().__init__(str(args_.pop("detail", "")), **args_)
