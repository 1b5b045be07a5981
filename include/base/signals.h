#pragma once
/** Requests from outside: SIGUSR1, SIGTERM, SIGINT ask to checkpoint and stop; SIGUSR2 to checkpoint and go on. */
typedef enum Request { REQUEST_NONE = 0, REQUEST_CHECKPOINT = 1, REQUEST_STOP = 2 } Request;
void signals_install(void);
/** Wall seconds since program start after which REQUEST_STOP is raised; 0: never. */
void signals_set_walltime(double seconds);
/** Highest open request of this process; asynchronous-signal-safe inside. */
Request signals_request(void);
/** The checkpoint was written: clears REQUEST_CHECKPOINT. */
void signals_clear_checkpoint(void);
