/* reduce_nodata.cpp - see reduce_nodata.h. */
#include "gdal/overviews/reduce_nodata.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace
{

/* The values that nodata becomes after conversion to float or double. */
template <class T> class Rounded
{
  public:
    Rounded(T tNoData, double dfNoData, GDALDataType eType) : m_tNoData(tNoData)
    {
        const float fMost = std::numeric_limits<float>::max();
        const bool bFits = !(dfNoData > fMost || dfNoData < -fMost);
        const float fInfinite = std::numeric_limits<float>::infinity();
        const float fNoData = bFits          ? static_cast<float>(dfNoData)
                              : dfNoData > 0 ? fInfinite
                                             : -fInfinite;
        const float fClamped = std::clamp(fNoData, -fMost, fMost);

        Take(&dfNoData, GDT_Float64, eType);
        Take(&fNoData, GDT_Float32, eType);
        Take(&fClamped, GDT_Float32, eType);
    }

    bool IsExact() const { return m_atValues.empty(); }
    bool Has(T tValue) const
    {
        return std::find(m_atValues.begin(), m_atValues.end(), tValue) !=
               m_atValues.end();
    }
    T NoData() const { return m_tNoData; }

  private:
    void Take(const void *pValue, GDALDataType eFrom, GDALDataType eType)
    {
        T tValue;

        GDALCopyWords(pValue, eFrom, 0, &tValue, eType, 0, 1);
        if (tValue != m_tNoData)
            m_atValues.push_back(tValue);
    }

    const T m_tNoData;
    std::vector<T> m_atValues{};
};

template <class T>
bool IsLeftOut(const RetileReducedPlane &oReduced, T tNoData, int32_t x,
               int32_t y)
{
    const rt_window oOne = {x, y, 1, 1};
    const uint64_t nAt = rt_window_offset(&oReduced.oLower, &oOne);

    return oReduced.pabyMask != nullptr
               ? oReduced.pabyMask[nAt] == 0
               : static_cast<const T *>(oReduced.pLower)[nAt] == tNoData;
}

/* Whether some of the pixels that a pixel depends on are left out, if bLeftOut,
 * or some are not. */
template <class T>
bool LooksAtSome(bool bLeftOut, const RetileReducedPlane &oReduced, T tNoData,
                 int32_t x, int32_t y)
{
    const RetileReduceSpan oX = RetileReduceLooksAt(oReduced.oX, x, x);
    const RetileReduceSpan oY = RetileReduceLooksAt(oReduced.oY, y, y);

    if (oReduced.bAnyBand)
        return true;
    for (int32_t nLine = oY.nBegin; nLine < oY.nEnd; nLine++)
        for (int32_t nPixel = oX.nBegin; nPixel < oX.nEnd; nPixel++)
            if (IsLeftOut(oReduced, tNoData, nPixel, nLine) == bLeftOut)
                return true;
    return false;
}

/* Whether a result is nodata that was rounded, or computed from nothing: in
 * place of 64-bit nodata GDAL's MODE has 0 or, for the largest number, the
 * smallest from 3.10 on. */
template <class T>
bool IsNoData(const Rounded<T> &oRounded, const RetileReducedPlane &oReduced,
              T tResult, int32_t x, int32_t y)
{
    const T tNoData = oRounded.NoData();

    return (oRounded.Has(tResult) &&
            LooksAtSome(true, oReduced, tNoData, x, y)) ||
           !LooksAtSome(false, oReduced, tNoData, x, y);
}

template <class T> void Keep(const RetileReducedPlane &oReduced, T tNoData)
{
    const rt_window &oUpper = oReduced.oUpper;
    const Rounded<T> oRounded(tNoData, oReduced.oPlane.dfNoData,
                              oReduced.oPlane.eType);
    T *ptUpper = static_cast<T *>(oReduced.pUpper);

    if (oRounded.IsExact() && sizeof(T) < sizeof(int64_t))
        return;
    for (int32_t y = oUpper.y_px; y < oUpper.y_px + oUpper.h_px; y++)
        for (int32_t x = oUpper.x_px; x < oUpper.x_px + oUpper.w_px;
             x++, ptUpper++)
            if (IsNoData(oRounded, oReduced, *ptUpper, x, y))
                *ptUpper = tNoData;
}

/* For a type that may not hold the nodata value. Then no pixel has it. */
template <class T> void KeepIfHeld(const RetileReducedPlane &oReduced)
{
    const double dfNoData = oReduced.oPlane.dfNoData;

    if (dfNoData >= static_cast<double>(std::numeric_limits<T>::min()) &&
        dfNoData <= static_cast<double>(std::numeric_limits<T>::max()) &&
        std::floor(dfNoData) == dfNoData)
        Keep(oReduced, static_cast<T>(dfNoData));
}

} // namespace

void RetileKeepNoData(const RetileReducedPlane &oReduced)
{
    const RetileReducePlane &oPlane = oReduced.oPlane;

    if (!oPlane.bNoData)
        return;
    switch (oPlane.eType) {
    case GDT_Int32:
        return KeepIfHeld<GInt32>(oReduced);
    case GDT_UInt32:
        return KeepIfHeld<GUInt32>(oReduced);
    case GDT_Int64:
        return Keep(oReduced, static_cast<int64_t>(oPlane.nNoData));
    case GDT_UInt64:
        return Keep(oReduced, static_cast<uint64_t>(oPlane.nNoDataU));
    case GDT_Float64:
        return Keep(oReduced, oPlane.dfNoData);
    default:
        return;
    }
}
