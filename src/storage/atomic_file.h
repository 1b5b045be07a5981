#pragma once
/** A file driver for HDF5 whose flushes are all or nothing. Private to storage; used by h5.c alone. */
#include <hdf5.h>

/** Open files of this property list by this driver. */
herr_t atomic_file_use(hid_t access_list);
/** Whether all writes so far reached the disk; file < 0: those of the file closed last. If not, the reason is on the error stack. */
herr_t atomic_file_check(hid_t file);
/** From now on nothing more reaches the disk; the library may close the file without noticing. */
void atomic_file_abandon(hid_t file);
