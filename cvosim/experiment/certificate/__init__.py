"""The calibration certificate: does a test keep its promises on these data?"""
