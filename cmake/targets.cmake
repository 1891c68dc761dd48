# What people type by habit: cmake --build BUILD --target format, tidy, bench.
add_custom_target(format
  COMMAND sh ${PROJECT_SOURCE_DIR}/cmake/check_format.sh fix
  COMMENT "clang-format in place")
add_custom_target(tidy
  COMMAND sh ${PROJECT_SOURCE_DIR}/cmake/check_tidy.sh ${PROJECT_BINARY_DIR}
  COMMENT "clang-tidy")
add_custom_target(bench
  COMMAND /usr/bin/python3 ${PROJECT_SOURCE_DIR}/autotest/bench/run.py
    --plugin ${PROJECT_BINARY_DIR}
  DEPENDS gdal_RETILE USES_TERMINAL)
