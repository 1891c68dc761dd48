/* last_error.cpp - see last_error.h. */
#include "gdal/base/last_error.h"

static thread_local RetileLastWarning *poInnermostWarning = nullptr;

RetileLastWarning::RetileLastWarning() : m_poOuter(poInnermostWarning)
{
    poInnermostWarning = this;
    Note();
}

RetileLastWarning::~RetileLastWarning()
{
    Note();
    poInnermostWarning = m_poOuter;
    if (CPLGetLastErrorType() == CE_None && !m_osText.empty())
        CPLErrorSetState(CE_Warning, m_nNumber, m_osText.c_str());
}

void RetileLastWarning::Note()
{
    if (poInnermostWarning == nullptr || CPLGetLastErrorType() != CE_Warning)
        return;
    poInnermostWarning->m_nNumber = CPLGetLastErrorNo();
    poInnermostWarning->m_osText = CPLGetLastErrorMsg();
}
