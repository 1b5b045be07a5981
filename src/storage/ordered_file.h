#pragma once
/** A file driver for HDF5 that changes what is already on disk only at the end of a flush. Private to storage; used by h5.c alone. */
#include <hdf5.h>

/** Open files of this property list by this driver. */
herr_t ordered_file_use(hid_t access_list);
/** From now on nothing more reaches the disk; the library may close the file without noticing. */
void ordered_file_abandon(hid_t file);
