/* tiff_tags.h - takes TIFF files apart to compare them. */
#ifndef RETILE_AUTOTEST_TIFF_TAGS_H
#define RETILE_AUTOTEST_TIFF_TAGS_H

#include "helper.h"

/* One line for each tag of each directory, in the file's order: tag, type,
 * count and value. For arrays of offsets and byte counts, only type and count.
 * The first line has the byte order and version. */
Options TiffTags(const std::string &osPath);

/* The offsets of the directories. */
std::vector<uint64_t> TiffDirectories(const std::string &osPath);

/* Whether every tile of every directory is a hole. */
bool IsAllHoles(const std::string &osPath);

/* Puts the encoded tiles of all directories of osFrom into osTo, which has the
 * same directories and is filled in place. */
void MoveTiles(const std::string &osFrom, const std::string &osTo);

#endif
