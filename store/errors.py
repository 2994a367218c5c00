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


class StoreNewerError(StoreError):
    """The store was written by a newer version of the product."""

    code = "store.newer"


class StoreOlderError(StoreError):
    """The store was written by an older version of the product and has not been upgraded yet."""

    code = "store.older"


class StoreEmptyError(StoreError):
    """The store has no schema or no province yet; `ioc init` makes one."""

    code = "store.empty"
