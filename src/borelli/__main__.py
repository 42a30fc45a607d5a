"""`python -m borelli` is `borelli`; torchrun starts modules this way."""

from borelli.cli import main

if __name__ == "__main__":
    main()
