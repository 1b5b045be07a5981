# Read by the other scripts (`. scripts/environment.sh`): the settings every MPI run of ours needs, and how we configure.
# Open MPI refuses root (containers) and more ranks than cores (laptops, tests) unless told that we mean it.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
export OMPI_MCA_btl_vader_single_copy_mechanism=none # quiet in containers without ptrace
# A waiting rank gives its core away: with other work on the machine two ranks are up to 15 times faster (46 s -> 3 s, measured).
export OMPI_MCA_mpi_yield_when_idle=1
export OPENBLAS_NUM_THREADS=1

# configure DIRECTORY [cmake options]: Ninja; starts anew when the directory was configured from another place.
configure() {
  local directory=$1
  shift
  if [ -f "$directory/CMakeCache.txt" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$directory/CMakeCache.txt"; then
    rm -rf "$directory"
  fi
  cmake -S . -B "$directory" -G Ninja "$@"
}
