/* fork_mutex.h - mutexes that are held while GDAL is called.
 *
 * Such a mutex may be held for as long as GDAL's call takes. It can therefore
 * not be a lock of core/base/fork_lock.h, because a fork takes all of those.
 *
 * A RetileGatedMutex is locked inside the gate that a fork waits at, so it is
 * free in the child. A RetileRenewedMutex is for long work; it is constructed
 * again in the child.
 */
#ifndef RETILE_GDAL_BASE_FORK_MUTEX_H
#define RETILE_GDAL_BASE_FORK_MUTEX_H

#include <mutex>
#include <new>

#include "core/base/fork_gate.h"
#include "core/base/fork_lock.h"

template <class Mutex> class RetileGatedMutex
{
  public:
    void lock()
    {
        rt_fork_gate_enter();
        m_oMutex.lock();
    }

    bool try_lock()
    {
        rt_fork_gate_enter();
        const bool bLocked = m_oMutex.try_lock();
        if (!bLocked)
            rt_fork_gate_leave();
        return bLocked;
    }

    void unlock()
    {
        m_oMutex.unlock();
        rt_fork_gate_leave();
    }

  private:
    Mutex m_oMutex{};
};

using RetileMutex = RetileGatedMutex<std::mutex>;
using RetileRecursiveMutex = RetileGatedMutex<std::recursive_mutex>;

class RetileRenewedMutex
{
  public:
    RetileRenewedMutex() : m_bHooked(rt_fork_lock_init(&m_sHook, RT_RANK_LEAF))
    {
        if (m_bHooked)
            rt_fork_lock_on_fork(&m_sHook, Renew, this);
    }
    ~RetileRenewedMutex()
    {
        if (m_bHooked)
            rt_fork_lock_destroy(&m_sHook);
    }
    RetileRenewedMutex(const RetileRenewedMutex &) = delete;
    RetileRenewedMutex &operator=(const RetileRenewedMutex &) = delete;

    void lock() { m_oMutex.lock(); }
    void unlock() { m_oMutex.unlock(); }

  private:
    static void Renew(void *pContext)
    {
        auto *poThis = static_cast<RetileRenewedMutex *>(pContext);
        new (&poThis->m_oMutex) std::recursive_mutex();
    }

    rt_fork_lock m_sHook{};
    bool m_bHooked;
    std::recursive_mutex m_oMutex{};
};

/* Stays inside the gate while it exists. */
class RetileInsideGate
{
  public:
    RetileInsideGate() { rt_fork_gate_enter(); }
    ~RetileInsideGate() { rt_fork_gate_leave(); }
    RetileInsideGate(const RetileInsideGate &) = delete;
    RetileInsideGate &operator=(const RetileInsideGate &) = delete;
};

#endif
