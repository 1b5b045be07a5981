/** HDF5 attributes: one number, a few numbers or one text each.
 *
 *  Texts are written with fixed length, as H5MD asks. They are read in either form, because h5py writes variable length by default.
 *  Reading is lenient: an absent or strange attribute is told apart from a good one only by the fallback, and the caller decides
 *  whether that matters. */
#include <string.h>

#include "base/memory.h"
#include "h5.h"

bool h5_has_attribute(hid_t where, const char *name) { return H5Aexists(where, name) > 0; }

static Status put(hid_t where, const char *name, hid_t file_type, hid_t memory_type, hid_t space, const void *value) {
  if (H5Aexists(where, name) > 0 && H5Adelete(where, name) < 0) return h5_fail(where, "attribute %s: cannot replace", name);
  const hid_t attribute = H5Acreate2(where, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT);
  const bool is_good    = attribute >= 0 && H5Awrite(attribute, memory_type, value) >= 0;
  const Status status   = is_good ? STATUS_OK : h5_fail(where, "attribute %s: cannot write", name);
  h5_release(attribute);
  return status;
}

/** Numbers that change while a file grows (row counts) are overwritten in place: one small write, which a kill cannot tear. */
static Status put_scalar(hid_t where, const char *name, hid_t file_type, hid_t memory_type, const void *value) {
  if (H5Aexists(where, name) > 0) {
    const hid_t attribute = H5Aopen(where, name, H5P_DEFAULT);
    const bool is_good    = attribute >= 0 && H5Awrite(attribute, memory_type, value) >= 0;
    h5_release(attribute);
    return is_good ? STATUS_OK : h5_fail(where, "attribute %s: cannot write", name);
  }
  const hid_t space   = H5Screate(H5S_SCALAR);
  const Status status = put(where, name, file_type, memory_type, space, value);
  h5_release(space);
  return status;
}

Status h5_put_text(hid_t where, const char *name, const char *text) {
  const char *given = text == NULL ? "" : text;
  const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
  (void)H5Tset_size(type, strlen(given) + 1);
  (void)H5Tset_cset(type, H5T_CSET_UTF8);
  const Status status = put(where, name, type, type, space, given);
  h5_release(type);
  h5_release(space);
  return status;
}

Status h5_put_integer(hid_t where, const char *name, int64_t value) {
  return put_scalar(where, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value);
}

Status h5_put_unsigned(hid_t where, const char *name, uint64_t value) {
  return put_scalar(where, name, H5T_STD_U64LE, H5T_NATIVE_UINT64, &value);
}

Status h5_put_double(hid_t where, const char *name, double value) {
  return put_scalar(where, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
}

Status h5_put_integers(hid_t where, const char *name, int n, const int *values) {
  const hsize_t size  = (hsize_t)n;
  const hid_t space   = H5Screate_simple(1, &size, NULL);
  const Status status = put(where, name, H5T_STD_I32LE, H5T_NATIVE_INT, space, values);
  h5_release(space);
  return status;
}

static bool get_scalar(hid_t where, const char *name, H5T_class_t wanted, hid_t memory_type, void *value) {
  if (H5Aexists(where, name) <= 0) return false;
  const hid_t attribute = H5Aopen(where, name, H5P_DEFAULT);
  if (attribute < 0) return false;
  const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  const H5T_class_t class = H5Tget_class(type);
  const bool is_number    = class == wanted || (wanted == H5T_FLOAT && class == H5T_INTEGER);
  const bool is_good      = is_number && H5Sget_simple_extent_npoints(space) == 1 && H5Aread(attribute, memory_type, value) >= 0;
  h5_release(space);
  h5_release(type);
  h5_release(attribute);
  return is_good;
}

int64_t h5_get_integer(hid_t where, const char *name, int64_t fallback) {
  int64_t value = 0;
  return get_scalar(where, name, H5T_INTEGER, H5T_NATIVE_INT64, &value) ? value : fallback;
}

uint64_t h5_get_unsigned(hid_t where, const char *name, uint64_t fallback) {
  uint64_t value = 0;
  return get_scalar(where, name, H5T_INTEGER, H5T_NATIVE_UINT64, &value) ? value : fallback;
}

double h5_get_double(hid_t where, const char *name, double fallback) {
  double value = 0.0;
  return get_scalar(where, name, H5T_FLOAT, H5T_NATIVE_DOUBLE, &value) ? value : fallback;
}

static char *read_text(hid_t attribute, hid_t type, hid_t space) {
  if (H5Tget_class(type) != H5T_STRING || H5Sget_simple_extent_npoints(space) != 1) return NULL;
  char *text = NULL;
  if (H5Tis_variable_str(type) > 0) {
    const hid_t memory_type = H5Tcopy(type);
    char *variable          = NULL;
    if (H5Aread(attribute, memory_type, &variable) >= 0 && variable != NULL) text = memory_string(variable);
    (void)H5free_memory(variable);
    h5_release(memory_type);
    return text;
  }
  const size_t size = H5Tget_size(type);
  text              = memory_array(size + 1, 1);
  if (H5Aread(attribute, type, text) >= 0) return text;
  memory_free(text);
  return NULL;
}

char *h5_get_text(hid_t where, const char *name, const char *fallback) {
  char *text = NULL;
  if (H5Aexists(where, name) > 0) {
    const hid_t attribute = H5Aopen(where, name, H5P_DEFAULT);
    if (attribute >= 0) {
      const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
      text = read_text(attribute, type, space);
      h5_release(space);
      h5_release(type);
      h5_release(attribute);
    }
  }
  return text != NULL || fallback == NULL ? text : memory_string(fallback);
}
