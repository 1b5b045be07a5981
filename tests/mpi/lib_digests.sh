# Read by the digest tests. A run is named by its digest; `same` compares it with the reference of the model.
set -u
: "${TEKTITE:?the binary}"
MPIRUN=${MPIRUN:-mpirun}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
checks=0
failures=0
reference=
start=start/start.h5md

# failed TEXT...: count it and go on.
failed() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# play RANKS DIRECTORY ARGUMENTS...: one run; its summary goes to DIRECTORY.json, its complaints to DIRECTORY.txt.
play() {
  local ranks=$1 out=$2
  shift 2
  $MPIRUN -n "$ranks" "$TEKTITE" run input.yaml run.from="$start" --out "$out" --json "$@" >"$out.json" 2>"$out.txt" </dev/null
}

# digests DIRECTORY: the final digest, or those of the replicas.
digests() { grep -o '"final_digest": "[0-9a-f]*"' "$1.json" | cut -d'"' -f4 | tail -n +"${2:-1}"; }

# begin TITLE CREATE-ARGUMENTS...: input.yaml is there; make the start, unless $start is there, and the serial reference.
begin() {
  title=$1
  shift
  rm -rf start serial ./run_*
  [ -e "$start" ] || "$TEKTITE" create input.yaml --out start --quiet "$@" || failed "$title: create"
  play 1 serial || failed "$title: serial run: $(cat serial.txt)"
  reference=$(digests serial)
  echo "$title: $reference"
  [ -n "$reference" ] || failed "$title: no digest"
}

# same WHAT RANKS ARGUMENTS...: this run ends with the reference digest.
same() {
  local what=$1 ranks=$2 out=run_$checks code
  shift 2
  checks=$((checks + 1))
  play "$ranks" "$out" "$@"
  code=$?
  [ $code = 0 ] && [ "$(digests "$out")" = "$reference" ] || failed "$title, $what: exit $code, $(digests "$out") $(head -5 "$out.txt")"
}

# interrupted WHAT: begin on eight ranks, go on alone, end on three; wall time runs out in the first two.
interrupted() {
  local what=$1 out=run_$checks
  checks=$((checks + 1))
  play 8 "$out" --max-walltime 0.3 || failed "$title, $what: first part: $(cat "$out.txt")"
  grep -q '"finished": false' "$out.json" || failed "$title, $what: was to be interrupted"
  play 1 "$out" --max-walltime 0.03 || failed "$title, $what: second part: $(cat "$out.txt")"
  local middle
  middle=$(grep -o '"step": [0-9]*' "$out.json" | head -1)
  play 3 "$out" || failed "$title, $what: last part: $(cat "$out.txt")"
  [ "$(digests "$out")" = "$reference" ] || failed "$title, $what (on the way $middle): $(digests "$out")"
}

finish() {
  echo "$checks checks, $failures failed"
  exit $((failures > 0))
}
