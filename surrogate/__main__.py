"""python -m surrogate is surrogate."""

from surrogate.cli.app import main

if __name__ == "__main__":
    main()
