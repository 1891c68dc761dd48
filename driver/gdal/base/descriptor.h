/* descriptor.h - how a user names a view: prefix, descriptor file or text.
 */
#ifndef RETILE_GDAL_BASE_DESCRIPTOR_H
#define RETILE_GDAL_BASE_DESCRIPTOR_H

#include <map>
#include <string>

#include "core/base/status.h"
#include "cpl_string.h"

struct RetileDescriptor {
    bool bIsFile = false; /* the name is that of a descriptor file */
    std::string osSource; /* as GDAL opens it from here */
    CPLStringList aosSourceOptions;
    std::map<std::string, std::string> oOptions;
};

/* Whether pszName starts with the connection prefix, and what follows. */
bool RetileIsPrefixed(const char *pszName);

/* How many prefixes pszName starts with. */
int RetileCountPrefixes(const char *pszName);

/* Whether pszName is a descriptor's text. */
bool RetileIsText(const char *pszName);

/* Reads the name of a view in any of its three forms. A relative source in a
 * file is made relative to the working directory. RT_ERR_ARGUMENT for a
 * descriptor that is not one, naming the file and the fault; RT_ERR_RANGE
 * over 1 MiB; RT_ERR_SOURCE where the file can't be read. */
rt_status RetileReadDescriptor(const char *pszName,
                               RetileDescriptor &oDescriptor, rt_error *err);

/* The text of a descriptor. */
std::string RetileDescriptorText(const RetileDescriptor &oDescriptor);

/* Writes pszPath whole or not at all: an older file stays on failure. A
 * source below the folder of pszPath is written relative to it, any other
 * file with its absolute path.
 * pszBesideOf: a file whose metadata, overviews and masks are copied along;
 * may be nullptr. aosStale: files of an older dataset that go, unless they are
 * among those. RT_ERR_IO. */
rt_status RetileWriteDescriptor(const char *pszPath,
                                RetileDescriptor oDescriptor,
                                const char *pszBesideOf,
                                const CPLStringList &aosStale, rt_error *err);

/* One text for each view that names the same thing: for the search for
 * cycles. */
std::string RetileCanonicalName(const char *pszName);

#endif
