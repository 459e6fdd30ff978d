"""Starts Mensetsu: settings, services, page."""

from bot.cli import serve

if __name__ == "__main__":
    serve()
