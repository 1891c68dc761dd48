# compile_together(TARGET): up to eight C++ sources of a folder at once. Most of
# the time goes into the headers of GDAL and GoogleTest.
function(compile_together target)
  get_target_property(sources ${target} SOURCES)
  list(SORT sources)
  set(number 0)
  foreach(source ${sources})
    get_filename_component(folder ${source} DIRECTORY)
    math(EXPR number "${number} + 1")
    math(EXPR part "${number} / 8")
    string(MAKE_C_IDENTIFIER "${folder}_${part}" group)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
  endforeach()
  set_target_properties(${target} PROPERTIES
    UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # Fixtures in a nameless namespace are of one file all the same.
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>)
endfunction()
