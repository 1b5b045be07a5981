#pragma once
/** The one place where OpenBLAS is told how to work. */

/** One thread, and the kernels of this processor even if OpenBLAS does not know its model number. Cheap after the first call; every
 *  function of this room that leads into BLAS begins with it. The user's OPENBLAS_CORETYPE is respected. */
void blas_prepare(void);
/** The kernels in use, such as "SkylakeX". */
const char *blas_core_name(void);
