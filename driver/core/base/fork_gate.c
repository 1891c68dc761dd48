/* fork_gate.c - see fork_gate.h.
 *
 * A thread that enters first counts itself and then checks whether the gate is
 * shut. A thread that forks first shuts the gate and then reads the count. So
 * at least one of the two sees the other. The forking thread holds the lock
 * until the gate is open again, so no thread can be halfway through changing
 * what the lock guards.
 */
#include "core/base/fork_gate.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#include "core/base/condition.h"

#define PATIENCE_S 1

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static struct rt_condition left; /* made when the gate is first shut */
static bool left_is_made;        /* guarded by lock */
static atomic_int n_inside;
static atomic_int n_shut; /* forks in progress; changed under lock */

static _Thread_local int stays; /* how many stays of this thread are nested */

/* A fork is in progress: waits until it is over. */
static void wait_outside(void)
{
    pthread_mutex_lock(&lock);
    atomic_fetch_sub(&n_inside, 1);
    if (left_is_made)
        pthread_cond_broadcast(&left.cond);
    while (atomic_load(&n_shut) > 0)
        pthread_cond_wait(&opened, &lock);
    atomic_fetch_add(&n_inside, 1);
    pthread_mutex_unlock(&lock);
}

void rt_fork_gate_enter(void)
{
    if (stays++ > 0)
        return;
    atomic_fetch_add(&n_inside, 1);
    if (atomic_load(&n_shut) > 0)
        wait_outside();
}

void rt_fork_gate_follow(void)
{
    if (stays++ == 0)
        atomic_fetch_add(&n_inside, 1);
}

void rt_fork_gate_leave(void)
{
    if (--stays > 0)
        return;
    atomic_fetch_sub(&n_inside, 1);
    if (atomic_load(&n_shut) == 0)
        return;
    pthread_mutex_lock(&lock);
    if (left_is_made)
        pthread_cond_broadcast(&left.cond);
    pthread_mutex_unlock(&lock);
}

bool rt_fork_gate_inside(void)
{
    return stays > 0;
}

static int own(void)
{
    return stays > 0 ? 1 : 0;
}

void rt_fork_gate_shut(void)
{
    struct timespec until;
    bool in_time = true;

    pthread_mutex_lock(&lock);
    if (!left_is_made)
        left_is_made = rt_condition_init(&left);
    atomic_fetch_add(&n_shut, 1);
    until = rt_condition_until((uint64_t)PATIENCE_S * 1000000000u);
    while (left_is_made && in_time && atomic_load(&n_inside) > own())
        in_time = rt_condition_wait(&left, &lock, &until);
}

void rt_fork_gate_open(void)
{
    atomic_fetch_sub(&n_shut, 1);
    pthread_cond_broadcast(&opened);
    pthread_mutex_unlock(&lock);
}

/* The threads that waited on either condition do not exist in the child. */
void rt_fork_gate_open_child(void)
{
    atomic_store(&n_shut, 0);
    atomic_store(&n_inside, own());
    pthread_cond_init(&opened, NULL);
    left_is_made = rt_condition_init(&left);
    pthread_mutex_unlock(&lock);
}
