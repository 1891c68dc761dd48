/* descriptor.h - how a user names a view: prefix, descriptor file or text. */
#ifndef RETILE_GDAL_BASE_DESCRIPTOR_H
#define RETILE_GDAL_BASE_DESCRIPTOR_H

#include <map>
#include <string>

#include "core/base/status.h"
#include "cpl_string.h"

struct RetileDescriptor {
    bool bIsFile = false; /* the name is a descriptor file's */
    std::string osSource; /* as GDAL opens it from the working directory */
    CPLStringList aosSourceOptions;
    std::map<std::string, std::string> oOptions;
};

/* Whether pszName starts with the connection prefix "RETILE:". */
bool RetileIsPrefixed(const char *pszName);

/* The number of prefixes that pszName starts with. */
int RetileCountPrefixes(const char *pszName);

/* Whether pszName is the text of a descriptor. */
bool RetileIsText(const char *pszName);

/* Reads the name of a view in any of its three forms. A relative source in a
 * file is made relative to the working directory. RT_ERR_ARGUMENT if it is not
 * a valid descriptor; the message names the file and the fault. RT_ERR_RANGE if
 * it is over 1 MiB. RT_ERR_SOURCE if the file cannot be read. */
rt_status RetileReadDescriptor(const char *pszName,
                               RetileDescriptor &oDescriptor, rt_error *err);

std::string RetileDescriptorText(const RetileDescriptor &oDescriptor);

/* Writes pszPath completely or not at all: on failure, an older file stays. A
 * source below the folder of pszPath is written relative to it, any other file
 * with its absolute path.
 *
 * pszBesideOf: a file whose metadata, overviews and masks are copied too; may
 * be nullptr. aosStale: files of an older dataset that are removed, unless they
 * are replaced by those copies. RT_ERR_IO.
 */
rt_status RetileWriteDescriptor(const char *pszPath,
                                RetileDescriptor oDescriptor,
                                const char *pszBesideOf,
                                const CPLStringList &aosStale, rt_error *err);

/* A text that is the same for all names of one view. The search for cycles
 * compares these texts. */
std::string RetileCanonicalName(const char *pszName);

#endif
