"""The package as others get it: built, installed in a clean environment, used without its extras."""
