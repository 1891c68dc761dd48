# What cmake --install copies, as two components:
#
#   plugin   gdal_RETILE.so, into GDAL's plugin folder or GDAL_PLUGIN_DIR
#   doc      the man page, the documents for users, and examples
#
# The target uninstall removes what was installed.
if(NOT GDAL_PLUGIN_DIR)
  # Beside the library itself: gdal.pc's libdir lacks Debian's triplet.
  find_library(RETILE_GDAL_LIBRARY gdal REQUIRED HINTS ${GDAL_LIBRARY_DIRS})
  get_filename_component(GDAL_LIBDIR ${RETILE_GDAL_LIBRARY} DIRECTORY)
  set(GDAL_PLUGIN_DIR ${GDAL_LIBDIR}/gdalplugins)
endif()
install(TARGETS gdal_RETILE LIBRARY DESTINATION ${GDAL_PLUGIN_DIR}
  COMPONENT plugin
  PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

# flatten_links(FROM TO): a document whose links lead to where the documents are
# when they are installed, in one folder.
function(flatten_links from to)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${from})
  file(READ ${from} text)
  string(REPLACE "](driver/doc/" "](" text "${text}")
  string(REPLACE "](../../README.md" "](README.md" text "${text}")
  file(WRITE ${to} "${text}")
endfunction()

# compress(FROM TO): as man and Debian want it, the same at each run.
find_program(RETILE_GZIP gzip REQUIRED)
function(compress from to)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${from})
  execute_process(COMMAND ${RETILE_GZIP} -9nc ${from} OUTPUT_FILE ${to}
    RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "cannot compress ${from}")
  endif()
endfunction()

set(RETILE_DOCUMENTS ${PROJECT_BINARY_DIR}/documents)
file(REMOVE_RECURSE ${RETILE_DOCUMENTS})
file(MAKE_DIRECTORY ${RETILE_DOCUMENTS})
file(GLOB written CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/driver/doc/*.md)
foreach(document ${PROJECT_SOURCE_DIR}/README.md ${written})
  get_filename_component(name ${document} NAME)
  flatten_links(${document} ${RETILE_DOCUMENTS}/${name})
endforeach()
file(GLOB pictures CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/driver/doc/*.svg
  ${PROJECT_SOURCE_DIR}/driver/doc/*.png)
file(COPY ${pictures} DESTINATION ${RETILE_DOCUMENTS})
configure_file(driver/doc/gdal-retile.7.in ${PROJECT_BINARY_DIR}/gdal-retile.7
  @ONLY)
compress(${PROJECT_BINARY_DIR}/gdal-retile.7
  ${PROJECT_BINARY_DIR}/gdal-retile.7.gz)
compress(${PROJECT_SOURCE_DIR}/CHANGELOG.md ${RETILE_DOCUMENTS}/changelog.gz)

install(DIRECTORY ${RETILE_DOCUMENTS}/ DESTINATION ${CMAKE_INSTALL_DOCDIR}
  COMPONENT doc)
install(DIRECTORY driver/doc/examples DESTINATION ${CMAKE_INSTALL_DOCDIR}
  COMPONENT doc)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright
  COMPONENT doc)
install(FILES ${PROJECT_BINARY_DIR}/gdal-retile.7.gz
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man7 COMPONENT doc)

add_custom_target(uninstall
  COMMAND ${CMAKE_COMMAND} -D BUILD=${PROJECT_BINARY_DIR}
    -P ${PROJECT_SOURCE_DIR}/cmake/uninstall.cmake
  COMMENT "Remove what cmake --install copied")
