/* plugin.cpp - turns the driver library into a plugin: see CMakeLists.txt. */
