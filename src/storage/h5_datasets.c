/** HDF5 datasets: whole arrays, and arrays that grow along their first axis.
 *
 *  A growing dataset is cut into chunks of whole rows: one row each when a row is large (a chunk larger than the library's cache goes
 *  straight to disk), several when it is small, so that the index of chunks stays short. No compression: random digits do not
 *  compress, and a filtered chunk moves when it grows. Everything that grows is read and written by hyperslabs of whole rows. */
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "h5.h"

enum { CHUNK_ROWS = 1024, CHUNK_ELEMENTS = 1 << 26 };

static hid_t space_of(const H5Shape *shape) {
  hsize_t size[H5_MAX_RANK];
  for (int k = 0; k < shape->rank; k++) size[k] = (hsize_t)shape->size[k];
  return shape->rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(shape->rank, size, NULL);
}

int64_t h5_row_length(const H5Shape *shape) {
  int64_t length = 1;
  for (int k = 1; k < shape->rank; k++) length *= shape->size[k];
  return length;
}

Status h5_write_array(hid_t where, const char *name, H5Shape shape, hid_t file_type, hid_t memory_type, const void *data) {
  const hid_t space = space_of(&shape), links = H5Pcreate(H5P_LINK_CREATE);
  (void)H5Pset_create_intermediate_group(links, 1);
  const hid_t dataset = H5Dcreate2(where, name, file_type, space, links, H5P_DEFAULT, H5P_DEFAULT);
  const bool is_empty = H5Sget_simple_extent_npoints(space) == 0;
  const bool is_good  = dataset >= 0 && (is_empty || H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
  const Status status = is_good ? STATUS_OK : h5_fail(where, "%s: cannot write", name);
  h5_release(dataset);
  h5_release(links);
  h5_release(space);
  return status;
}

Status h5_create_rows(hid_t where, const char *name, H5Shape row, hid_t file_type, hid_t memory_type, const void *fill, hid_t *dataset) {
  hsize_t size[H5_MAX_RANK] = {0}, most[H5_MAX_RANK] = {H5S_UNLIMITED}, chunk[H5_MAX_RANK] = {1};
  hsize_t bytes = H5Tget_size(file_type);
  for (int k = 1; k < row.rank; k++) {
    size[k] = most[k] = chunk[k] = (hsize_t)row.size[k];
    bytes *= size[k];
  }
  if (row.rank > 1 && chunk[1] > CHUNK_ELEMENTS) chunk[1] = CHUNK_ELEMENTS;
  chunk[0] = bytes == 0 ? 1 : H5_CHUNK_BYTES / bytes;
  if (chunk[0] < 1) chunk[0] = 1;
  if (chunk[0] > CHUNK_ROWS) chunk[0] = CHUNK_ROWS;
  const hid_t space = H5Screate_simple(row.rank, size, most), create = H5Pcreate(H5P_DATASET_CREATE), links = H5Pcreate(H5P_LINK_CREATE);
  (void)H5Pset_create_intermediate_group(links, 1);
  (void)H5Pset_chunk(create, row.rank, chunk);
  if (fill != NULL) (void)H5Pset_fill_value(create, memory_type, fill);
  *dataset            = H5Dcreate2(where, name, file_type, space, links, create, H5P_DEFAULT);
  const Status status = *dataset < 0 ? h5_fail(where, "%s: cannot make dataset", name) : STATUS_OK;
  h5_release(links);
  h5_release(create);
  h5_release(space);
  return status;
}

Status h5_open_dataset(hid_t where, const char *name, hid_t *dataset) {
  *dataset = -1;
  if (!h5_has(where, name)) return h5_fail(where, "lacks dataset %s", name);
  *dataset = H5Dopen2(where, name, H5P_DEFAULT);
  if (*dataset < 0) return h5_fail(where, "%s: is not a dataset, or damaged", name);
  return STATUS_OK;
}

Status h5_shape(hid_t dataset, H5Shape *shape) {
  hsize_t size[H5S_MAX_RANK] = {0};
  const hid_t space          = H5Dget_space(dataset);
  const int rank             = space < 0 ? -1 : H5Sget_simple_extent_dims(space, size, NULL);
  h5_release(space);
  *shape = (H5Shape){.rank = 0, .size = {1, 1, 1, 1}};
  if (rank < 0) return h5_fail(dataset, "cannot read its shape");
  if (rank > H5_MAX_RANK) return h5_fail(dataset, "has %d axes, more than any array here", rank);
  shape->rank = rank;
  for (int k = 0; k < rank; k++) {
    if (size[k] > INT64_MAX / 2) return h5_fail(dataset, "has an impossible shape");
    shape->size[k] = (int64_t)size[k];
  }
  return STATUS_OK;
}

/** First chunk of row `row`; 0 bytes if the dataset is not chunked or chunks are compressed. */
static hsize_t find_chunk(hid_t dataset, int64_t row, hsize_t at[H5_MAX_RANK]) {
  hsize_t chunk[H5_MAX_RANK] = {1, 1, 1, 1};
  const hid_t list = H5Dget_create_plist(dataset), type = H5Dget_type(dataset);
  const int rank      = H5Pget_layout(list) == H5D_CHUNKED ? H5Pget_chunk(list, H5_MAX_RANK, chunk) : 0;
  const bool is_plain = H5Pget_nfilters(list) == 0 && rank > 0 && rank <= H5_MAX_RANK;
  hsize_t bytes       = is_plain ? H5Tget_size(type) : 0;
  for (int k = 0; k < rank && is_plain; k++) bytes *= chunk[k];
  memset(at, 0, H5_MAX_RANK * sizeof *at);
  at[0] = (hsize_t)row / chunk[0] * chunk[0];
  h5_release(type);
  h5_release(list);
  return bytes;
}

/** Where the index knows of no chunk, the library would read zeros. */
static bool is_stored(hid_t dataset, int64_t row) {
  hsize_t at[H5_MAX_RANK], stored = 0;
  return find_chunk(dataset, row, at) == 0 || H5Dget_chunk_storage_size(dataset, at, &stored) >= 0;
}

Status h5_check_index(hid_t dataset) {
  H5Shape shape;
  TRY(h5_shape(dataset, &shape));
  if (shape.rank == 0 || shape.size[0] == 0) return STATUS_OK;
  hsize_t at[H5_MAX_RANK], stored = 0;
  const hsize_t bytes = find_chunk(dataset, shape.size[0] - 1, at);
  unsigned filters    = 0;
  haddr_t address     = 0;
  if (bytes == 0) return h5_fail(dataset, "is not an array that grows");
  if (H5Dget_chunk_info_by_coord(dataset, at, &filters, &address, &stored) < 0 || stored != bytes || address == 0)
    return h5_fail(dataset, "is damaged (index of chunks)");
  return STATUS_OK;
}

Status h5_set_rows(hid_t dataset, int64_t n) {
  H5Shape shape;
  TRY(h5_shape(dataset, &shape));
  if (shape.size[0] == n) return STATUS_OK;
  hsize_t size[H5_MAX_RANK];
  for (int k = 0; k < shape.rank; k++) size[k] = (hsize_t)(k == 0 ? n : shape.size[k]);
  if (H5Dset_extent(dataset, size) < 0) return h5_fail(dataset, "cannot set its length");
  return STATUS_OK;
}

static Status move_rows(hid_t dataset, int64_t first, int64_t n, hid_t memory_type, const void *from, void *to) {
  H5Shape shape;
  TRY(h5_shape(dataset, &shape));
  if (n == 0) return STATUS_OK;
  if (shape.rank < 1 || first < 0 || first + n > shape.size[0]) return h5_fail(dataset, "has no row %lld", (long long)(first + n - 1));
  if (to != NULL && !is_stored(dataset, first)) return h5_fail(dataset, "row %lld is missing", (long long)first);
  hsize_t start[H5_MAX_RANK] = {(hsize_t)first}, count[H5_MAX_RANK];
  for (int k = 0; k < shape.rank; k++) count[k] = (hsize_t)(k == 0 ? n : shape.size[k]);
  const hid_t in_file = H5Dget_space(dataset), in_memory = H5Screate_simple(shape.rank, count, NULL);
  herr_t result = H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start, NULL, count, NULL);
  if (result >= 0 && from != NULL) result = H5Dwrite(dataset, memory_type, in_memory, in_file, H5P_DEFAULT, from);
  if (result >= 0 && to != NULL) result = H5Dread(dataset, memory_type, in_memory, in_file, H5P_DEFAULT, to);
  Status status = STATUS_OK;
  if (result < 0) status = h5_fail(dataset, "cannot %s row %lld", to == NULL ? "write" : "read", (long long)first);
  h5_release(in_memory);
  h5_release(in_file);
  return status;
}

Status h5_write_rows(hid_t dataset, int64_t first, int64_t n, hid_t memory_type, const void *data) {
  H5Shape shape;
  TRY(h5_shape(dataset, &shape));
  if (shape.size[0] < first + n) TRY(h5_set_rows(dataset, first + n));
  return move_rows(dataset, first, n, memory_type, data, NULL);
}

Status h5_read_rows(hid_t dataset, int64_t first, int64_t n, hid_t memory_type, void *data) {
  return move_rows(dataset, first, n, memory_type, NULL, data);
}

Status h5_read_array(hid_t dataset, hid_t memory_type, void *data) {
  if (H5Dread(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0) return h5_fail(dataset, "cannot read");
  return STATUS_OK;
}

Status h5_write_texts(hid_t where, const char *name, H5Shape shape, const char *const *texts) {
  int64_t n    = 1;
  size_t width = 1;
  for (int k = 0; k < shape.rank; k++) n *= shape.size[k];
  for (int64_t k = 0; k < n; k++) width = strlen(texts[k]) >= width ? strlen(texts[k]) + 1 : width;
  char *packed = memory_array((size_t)n * width, 1);
  for (int64_t k = 0; k < n; k++) memcpy(packed + (size_t)k * width, texts[k], strlen(texts[k]));
  const hid_t type = H5Tcopy(H5T_C_S1);
  (void)H5Tset_size(type, width);
  (void)H5Tset_cset(type, H5T_CSET_UTF8);
  const Status status = h5_write_array(where, name, shape, type, type, packed);
  h5_release(type);
  memory_free(packed);
  return status;
}

static bool read_variable_texts(hid_t dataset, hid_t type, int64_t n, char **texts) {
  char **variable    = memory_array((size_t)n, sizeof *variable);
  const bool is_good = H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, variable) >= 0;
  for (int64_t k = 0; k < n && is_good; k++) {
    texts[k] = memory_string(variable[k] == NULL ? "" : variable[k]);
    (void)H5free_memory(variable[k]);
  }
  memory_free(variable);
  return is_good;
}

static bool read_fixed_texts(hid_t dataset, hid_t type, int64_t n, char **texts) {
  const size_t width = H5Tget_size(type);
  if (width == 0 || !h5_is_plausible(dataset, n * (int64_t)width)) return false;
  char *packed       = memory_array((size_t)n * width, 1);
  const bool is_good = H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, packed) >= 0;
  for (int64_t k = 0; k < n && is_good; k++) {
    texts[k] = memory_array(width + 1, 1);
    memcpy(texts[k], packed + (size_t)k * width, width);
  }
  memory_free(packed);
  return is_good;
}

Status h5_read_texts(hid_t dataset, char ***texts, int64_t *n) {
  H5Shape shape;
  *texts = NULL;
  *n     = 0;
  TRY(h5_shape(dataset, &shape));
  const int64_t count = (shape.rank == 0 ? 1 : shape.size[0]) * h5_row_length(&shape);
  const hid_t type    = H5Dget_type(dataset);
  bool is_good        = H5Tget_class(type) == H5T_STRING && h5_is_plausible(dataset, count);
  if (is_good) {
    *texts = memory_array((size_t)count, sizeof **texts);
    *n     = count;
    is_good =
        H5Tis_variable_str(type) > 0 ? read_variable_texts(dataset, type, count, *texts) : read_fixed_texts(dataset, type, count, *texts);
  }
  h5_release(type);
  if (is_good) return STATUS_OK;
  h5_free_texts(texts, *n);
  *n = 0;
  return h5_fail(dataset, "cannot read text");
}

void h5_free_texts(char ***texts, int64_t n) {
  if (*texts == NULL) return;
  for (int64_t k = 0; k < n; k++) memory_free((*texts)[k]);
  memory_free(*texts);
  *texts = NULL;
}

bool h5_is_plausible(hid_t where, int64_t elements) {
  const hid_t file = H5Iget_file_id(where);
  hsize_t bytes    = 0;
  const bool known = file >= 0 && H5Fget_filesize(file, &bytes) >= 0;
  h5_release(file);
  const int64_t best_compression = 1024;
  return known && elements >= 0 && elements / best_compression <= (int64_t)bytes;
}
