# Warnings and instrumentation that every target links.
add_library(retile_flags INTERFACE)
target_compile_options(retile_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wundef
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes>)
if(RETILE_WERROR)
  target_compile_options(retile_flags INTERFACE -Werror)
endif()
if(RETILE_SANITIZE)
  target_compile_options(retile_flags INTERFACE
    -fsanitize=${RETILE_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(retile_flags INTERFACE -fsanitize=${RETILE_SANITIZE})
endif()
if(RETILE_COVERAGE)
  target_compile_options(retile_flags INTERFACE --coverage)
  target_link_options(retile_flags INTERFACE --coverage)
endif()
