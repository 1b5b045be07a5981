#pragma once
/** What an open trajectory is. Shared by trajectory.c (writes) and trajectory_open.c, trajectory_read.c (read). Private to storage. */
#include "h5.h"
#include "storage/trajectory.h"

enum { MAX_SPECIES_NAMES = 64, SPECIES_NAME = 16 };

/** One H5MD element: a per-particle quantity with (usually) one row per frame. */
typedef struct Element {
  char name[48];
  hid_t value;    /* dataset; -1: absent */
  bool is_fixed;  /* one row holds for all frames: the dataset has no frame axis */
  int components; /* per particle */
  int64_t rows;
} Element;

struct Trajectory {
  char *path;
  hid_t file, group, frames_group; /* /particles/<group>; /parameters/tektite/frames, -1 if foreign */
  bool is_ours, writes, is_broken;
  int dim;
  int64_t n, n_frames;
  bool single_precision;
  unsigned has; /* optional elements present: FRAME_... */
  Element position, image, velocity, force, fraction, id, species, mass;
  Element fields[FRAME_MAX_FIELDS];
  int n_fields;
  hid_t edges; /* dataset */
  bool edges_fixed;
  int edges_rank; /* of one row: 1 vector, 2 matrix */
  int64_t edges_rows;
  hid_t step, time, stage, block; /* datasets that grow, when writing */
  /* copies in memory, one value per frame */
  int64_t *steps;
  double *times;
  int32_t *stages, *blocks;
  size_t capacity[4];
  /* copies of what is fixed in time; NULL if absent or not fixed */
  int64_t *fixed_id;
  int32_t *fixed_species;
  double *fixed_mass;
  char *model;
  char **stage_names;
  int64_t n_stages;
  char species_names[MAX_SPECIES_NAMES][SPECIES_NAME];
  int n_species_names;
};

/** Room for one more frame in the copies; the caller fills the last place. */
void trajectory_remember(Trajectory *trajectory, int64_t step, double time, int32_t stage, int32_t block);
void trajectory_forget(Trajectory *trajectory); /* free memory; the file is closed already */
