#pragma once
/** A file driver for HDF5 whose flushes are all or nothing. Private to storage; used by h5.c alone. */
#include <hdf5.h>

/** Open files of this property list by this driver. */
herr_t atomic_file_use(hid_t access_list);
/** From now on nothing more reaches the disk; the library may close the file without noticing. */
void atomic_file_abandon(hid_t file);
