"""``python -m cisgram`` is the command ``cisgram``."""

from cisgram.cli import main

if __name__ == "__main__":
    main()
