"""What `ioc doctor` looks at, one file for each part of an installation; each has `check(patient)`."""
