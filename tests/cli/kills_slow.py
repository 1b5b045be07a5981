"""A hundred kills of each kind; see kills.py."""
import os
import sys

os.execv(sys.executable, [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "kills.py"), "100"])
