#!/usr/bin/env bash
# Fails when an #include breaks scripts/layers.txt. A header without a folder lies beside its .c and is always allowed.
set -euo pipefail
cd "$(dirname "$0")/.."
grep -rnE --include='*.[ch]' --include='*.def' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]*/' src include analysis | awk '
  BEGIN {
    while ((getline line < "scripts/layers.txt") > 0) {
      if (line ~ /^contract/) { split(line, word, /[[:space:]]+/); contract[word[2]] = 1 }
      if (line ~ /^#/ || line !~ /:/) continue
      n = split(line, word, /[[:space:]:]+/)
      known[word[2]] = 1
      for (i = 3; i <= n; i++) allowed[word[2], word[i]] = 1
    }
  }
  {
    split($0, part, ":"); file = part[1]
    n = split(file, folder, "/")
    room = folder[1] == "analysis" ? "analysis" : folder[2]
    if (file == "src/main.c") room = "main"
    match($0, /"[^"]*"/); target = substr($0, RSTART + 1, RLENGTH - 2)
    checked++
    if (target in contract) next
    sub(/\/.*/, "", target)
    if (!(room in known)) { print file ":" part[2] ": room " room " is not in scripts/layers.txt"; bad = 1 }
    else if (target != room && !((room, target) in allowed)) { print file ":" part[2] ": " room " must not include " target; bad = 1 }
  }
  END { if (!bad) print checked " includes, all downhill"; exit bad }'
