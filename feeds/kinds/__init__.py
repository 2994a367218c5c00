"""Record kinds, one file each: columns, validation and the table a record goes to."""
