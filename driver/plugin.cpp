/* plugin.cpp - makes the plugin of the driver library: see CMakeLists.txt. */
