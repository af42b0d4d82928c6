#include <mpi.h>

// Open MPI's handles are macros with casts in them, which Swift does not import.
static inline int cld_mpi_init(void) {
  // Calls come one at a time, but a task may go on on another thread.
  int provided, code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
  return code == MPI_SUCCESS && provided < MPI_THREAD_SERIALIZED ? MPI_ERR_OTHER : code;
}
static inline int cld_mpi_rank(int *rank) { return MPI_Comm_rank(MPI_COMM_WORLD, rank); }
static inline int cld_mpi_size(int *size) { return MPI_Comm_size(MPI_COMM_WORLD, size); }
static inline int cld_mpi_sum_floats(float *x, int count) {
  return MPI_Allreduce(MPI_IN_PLACE, x, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
}
static inline int cld_mpi_sum_doubles(double *x, int count) {
  return MPI_Allreduce(MPI_IN_PLACE, x, count, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
}
static inline int cld_mpi_broadcast(void *bytes, int count, int root) {
  return MPI_Bcast(bytes, count, MPI_BYTE, root, MPI_COMM_WORLD);
}
static inline void cld_mpi_abort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }
