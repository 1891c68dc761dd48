# The Debian package that cpack makes, of the Debian on which it runs:
#
#   cmake --preset package && cmake --build --preset package
#   (cd build/package && cpack)
#
# cmake/check_package.sh builds, checks, installs and removes it.
set(RETILE_PACKAGE_CONTACT "The gdal-retile authors <gdal-retile@debian.invalid>"
    CACHE STRING "Who answers for the package, with an address")
set(debian_release "")
set(debian_name unstable)
if(EXISTS /etc/os-release)
  file(STRINGS /etc/os-release lines REGEX "^(ID|VERSION_ID|VERSION_CODENAME)=")
  foreach(line ${lines})
    if(line MATCHES "^VERSION_ID=\"?([0-9.]+)")
      set(debian_release ${CMAKE_MATCH_1})
    elseif(line MATCHES "^VERSION_CODENAME=\"?([a-z]+)")
      set(debian_name ${CMAKE_MATCH_1})
    endif()
  endforeach()
endif()
set(revision 1)
if(debian_release)
  set(revision 1~deb${debian_release}) # a package for one libgdal
endif()

# Debian's own list of changes, which only says where the project's is.
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${PROJECT_BINARY_DIR}/changelog.Debian
"gdal-retile (${PROJECT_VERSION}-${revision}) ${debian_name}; urgency=medium

  * Package of gdal-retile ${PROJECT_VERSION}; changelog.gz has its changes.

 -- ${RETILE_PACKAGE_CONTACT}  ${now}
")
compress(${PROJECT_BINARY_DIR}/changelog.Debian
  ${PROJECT_BINARY_DIR}/changelog.Debian.gz)
install(FILES ${PROJECT_BINARY_DIR}/changelog.Debian.gz
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT debian EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME gdal-retile)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT ${RETILE_PACKAGE_CONTACT})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY
    "GDAL plugin: fast reads and copies of badly laid-out rasters")
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_INSTALL_CMAKE_PROJECTS
    "${PROJECT_BINARY_DIR};${PROJECT_NAME};plugin;/"
    "${PROJECT_BINARY_DIR};${PROJECT_NAME};doc;/"
    "${PROJECT_BINARY_DIR};${PROJECT_NAME};debian;/")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE
    OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_RETILE_BUILD ${PROJECT_BINARY_DIR})
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/strip_package.cmake)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${revision})
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS gdal-bin)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"The driver RETILE opens any raster that GDAL opens as the same raster with a
uniform grid of blocks. Reads come from a cache under a byte budget, and each
block of the source is decoded once. It also copies any raster into a tiled
GeoTIFF or a Cloud Optimized GeoTIFF, on all processors and within a budget.

The plugin fits the libgdal for which it was built, and no other.")
include(CPack)
