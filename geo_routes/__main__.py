"""Run the command line interface: python -m geo_routes."""

from geo_routes.cli import main

if __name__ == "__main__":
    main()
