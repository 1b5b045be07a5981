#pragma once
/** JSON on standard output, the little that stages need: text in quotes, numbers that JSON knows. */
#include <stdio.h>

/** `text` in quotes with escapes; NULL gives null. */
void json_string(FILE *out, const char *text);
/** 17 digits; null for what is not finite. */
void json_number(FILE *out, double value);
