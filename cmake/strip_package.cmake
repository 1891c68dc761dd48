# Run by cpack before it packs: removes from the plugin what nobody needs, as
# Debian does, and the lists of files for the target uninstall, because nothing
# was installed.
file(GLOB_RECURSE plugins ${CPACK_TEMPORARY_DIRECTORY}/*.so)
foreach(plugin ${plugins})
  execute_process(COMMAND strip --strip-unneeded --remove-section=.comment
    --remove-section=.note ${plugin} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "cannot strip ${plugin}")
  endif()
endforeach()
file(GLOB manifests ${CPACK_RETILE_BUILD}/install_manifest_*.txt)
file(REMOVE ${manifests})
