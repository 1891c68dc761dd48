/* fork_rig.h - what a child of fork() says. */
#ifndef RETILE_TEST_FORK_RIG_H
#define RETILE_TEST_FORK_RIG_H

#include <sys/wait.h>
#include <unistd.h>

#include <functional>

// The exit status of a child that runs body; -1 if it does not end within the
// seconds.
inline int InChild(unsigned seconds, const std::function<bool()> &body)
{
    const pid_t child = fork();
    int status = -1;

    if (child == 0) {
        alarm(seconds);
        _exit(body() ? 0 : 1);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
