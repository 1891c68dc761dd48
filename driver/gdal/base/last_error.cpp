/* last_error.cpp - see last_error.h. */
#include "gdal/base/last_error.h"

static thread_local RetileLastWarning *poInnermost = nullptr;

RetileLastWarning::RetileLastWarning() : m_poOuter(poInnermost)
{
    poInnermost = this;
    Note();
}

RetileLastWarning::~RetileLastWarning()
{
    Note();
    poInnermost = m_poOuter;
    if (CPLGetLastErrorType() == CE_None && !m_osText.empty())
        CPLErrorSetState(CE_Warning, m_nNumber, m_osText.c_str());
}

void RetileLastWarning::Note()
{
    if (poInnermost == nullptr || CPLGetLastErrorType() != CE_Warning)
        return;
    poInnermost->m_nNumber = CPLGetLastErrorNo();
    poInnermost->m_osText = CPLGetLastErrorMsg();
}
