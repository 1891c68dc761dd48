/* vrt_text.h - the XML of small VRTs, and changes of it. */
#ifndef RETILE_TEST_VRT_TEXT_H
#define RETILE_TEST_VRT_TEXT_H

#include <string>

#include <gtest/gtest.h>

constexpr const char *const pszSimple =
    "<SourceFilename relativeToVRT='1'>a.tif</SourceFilename>"
    "<SourceBand>2</SourceBand>"
    "<SrcRect xOff='5' yOff='6' xSize='30' ySize='20'/>"
    "<DstRect xOff='0' yOff='0' xSize='30' ySize='20'/>";

inline std::string Band(const std::string &osInside,
                        const std::string &osSource = "SimpleSource")
{
    return "<VRTRasterBand dataType='Byte' band='1'><" + osSource + ">" +
           osInside + "</" + osSource + "></VRTRasterBand>";
}

inline std::string Vrt(const std::string &osBands)
{
    return "<VRTDataset rasterXSize='30' rasterYSize='20'>" + osBands +
           "</VRTDataset>";
}

inline std::string Replaced(std::string osText, const std::string &osFrom,
                            const std::string &osTo)
{
    const size_t nAt = osText.find(osFrom);

    EXPECT_NE(nAt, std::string::npos) << osFrom;
    return osText.replace(nAt, osFrom.size(), osTo);
}

#endif
