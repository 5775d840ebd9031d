"""Are predictions right over time: over visits, at landmarks, under a treatment?"""
