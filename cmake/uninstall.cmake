# Removes the files that cmake --install has noted in BUILD, and folders of this
# project that are empty then. DESTDIR counts as it did when they were
# installed.
#
#   cmake -D BUILD=build/release -P cmake/uninstall.cmake
file(GLOB manifests ${BUILD}/install_manifest*.txt)
if(NOT manifests)
  message(FATAL_ERROR "nothing was installed from ${BUILD}")
endif()
set(folders "")
foreach(manifest ${manifests})
  file(STRINGS ${manifest} installed)
  foreach(name ${installed})
    set(path $ENV{DESTDIR}${name})
    if(EXISTS ${path} OR IS_SYMLINK ${path})
      message(STATUS "Removing: ${path}")
      file(REMOVE ${path})
    endif()
    if(EXISTS ${path})
      message(FATAL_ERROR "cannot remove ${path}")
    endif()
    get_filename_component(folder ${path} DIRECTORY)
    list(APPEND folders ${folder})
  endforeach()
  file(REMOVE ${manifest})
endforeach()

# The deepest first. Folders such as GDAL's stay.
list(REMOVE_DUPLICATES folders)
list(SORT folders ORDER DESCENDING)
foreach(folder ${folders})
  file(GLOB left ${folder}/* ${folder}/.*)
  list(FILTER left EXCLUDE REGEX "/\\.\\.?$")
  if(folder MATCHES "gdal-retile" AND IS_DIRECTORY ${folder} AND NOT left)
    file(REMOVE_RECURSE ${folder})
  endif()
endforeach()
